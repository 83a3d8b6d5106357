/** What paths there are, to tell a wrong method from a wrong path. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TessraxError } from '../core/errors.ts';
import { ERROR_EXCERPT_LENGTH_MAX } from '../core/limits.ts';
import { notFound } from './problem.ts';

export class RouteTable {
  /** Methods by path, each path as a pattern. */
  readonly #routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  /** Hears of every route that is added from now on. */
  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method }) => {
      const route = this.#routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
      for (const each of [method].flat()) route.methods.add(each);
      this.#routes.set(url, route);
    });
  }

  /** Why a request meets no handler. Sets the Allow header that goes with a wrong method. */
  refusal({ url, method }: FastifyRequest, reply: FastifyReply): TessraxError {
    const [path = ''] = url.split('?');
    const methods = [...this.#routes.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((each) => [...each.methods]);
    if (methods.length === 0) return notFound(path.slice(0, ERROR_EXCERPT_LENGTH_MAX));
    reply.header('allow', methods.join(', '));
    return new TessraxError('method_not_allowed', `${method} is not for this path`, {
      remedy: `use ${methods.join(' or ')}`,
    });
  }
}

function patternOf(url: string): RegExp {
  const escaped = url.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll(/:\w+/g, '[^/]+')}$`);
}
