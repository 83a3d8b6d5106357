FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Native parts come prebuilt for every system; only Linux's are of use here.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier \
  && find node_modules -path '*/prebuilds/*' -prune -not -name 'linux-*' -exec rm -r {} +

# The dashboard needs its builder only here.
FROM node:24-bookworm-slim AS page
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier
COPY tsconfig.json ./
COPY scripts/build-page.ts scripts/
COPY src src
COPY web web
RUN node scripts/build-page.ts

FROM node:24-bookworm-slim
ENV NODE_ENV=production TESSRAX_DIR=/data
WORKDIR /app
# `docker compose exec node1 tessrax status` for people; the entry point is the same program.
RUN printf '#!/bin/sh\nexec node /app/src/cli/main.ts "$@"\n' > /usr/local/bin/tessrax \
  && chmod 0755 /usr/local/bin/tessrax \
  && install -d -m 0700 -o node -g node /data
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY scripts/compose-init.ts scripts/compose-volumes.ts scripts/
COPY examples examples
COPY src src
COPY --from=page /app/dist/page dist/page
USER node
EXPOSE 4001 7420
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7420/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tessrax"]
CMD ["start"]
