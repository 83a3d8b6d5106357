/** Builds the dashboard (web/) into dist/page. Without Vite (an installation without development dependencies) it says so, and that is all. */
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

async function main(): Promise<void> {
  let vite: typeof import('vite');
  try {
    vite = await import('vite');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    process.stdout.write('dashboard: not built, because Vite is not installed (npm ci without --omit=dev brings it)\n');
    return;
  }
  const started = performance.now();
  await vite.build({
    root: join(ROOT, 'web'),
    configFile: false,
    base: './',
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: join(ROOT, 'dist/page'),
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0, // the page loads files of its own and nothing else
      modulePreload: false,
      chunkSizeWarningLimit: 500,
    },
  });
  process.stdout.write(`dashboard: built into dist/page in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

await main();
