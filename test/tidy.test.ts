/** The habits of this repository, as tests: which way imports go, what the core may not touch, how long files are, what is cited. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from '../scripts/protocol-tables.ts';
import { codeOf, filesUnder, importsOf, ROOT, textOf } from './tidy/sources.ts';

const SOURCES = filesUnder('src', '.ts');
/** The dashboard, which runs in a browser. */
const PAGE = filesUnder('web', '.ts', '.tsx').filter((file) => !file.endsWith('.d.ts'));
const CODE = [...SOURCES, ...PAGE, ...['test', 'scripts', 'bench'].flatMap((folder) => filesUnder(folder, '.ts'))];
const SPECIFICATION = textOf('docs/protocol.md');

/** What each room of src may import beside itself. A file at the top of src is a room of its own. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  'ports.ts': ['core'],
  'version.ts': [],
  'clock.ts': ['ports.ts'],
  'config.ts': ['core'],
  'queries.ts': ['core', 'ports.ts'],
  'inquiries.ts': ['core', 'ports.ts'],
  'appends.ts': ['core'],
  'runtime.ts': ['core', 'ports.ts', 'queries.ts', 'inquiries.ts', 'appends.ts'],
  'governance-view.ts': ['core', 'ports.ts'],
  'sync-rate.ts': ['core'],
  'handle.ts': ['core', 'ports.ts', 'runtime.ts', 'sync-rate.ts'],
  // Adapters: ports and core, never each other.
  identity: ['core', 'ports.ts'],
  store: ['core', 'ports.ts'],
  network: ['core', 'ports.ts'],
  verify: ['core', 'ports.ts'],
  metrics: ['core', 'ports.ts'],
  anchor: ['core', 'ports.ts'],
  // What the HTTP API takes and gives, for both of its sides.
  contract: ['core'],
  client: ['core', 'contract'],
  'live-events.ts': ['core', 'ports.ts', 'contract'],
  'newest-entries.ts': ['core', 'ports.ts', 'queries.ts'],
  api: ['core', 'ports.ts', 'queries.ts', 'newest-entries.ts', 'live-events.ts', 'version.ts', 'contract'],
  // Examines what a store left on disk without running a node.
  offline: ['core', 'ports.ts', 'store', 'identity'],
  'compose.ts': [
    'core',
    'ports.ts',
    'version.ts',
    'clock.ts',
    'config.ts',
    'queries.ts',
    'runtime.ts',
    'governance-view.ts',
    'handle.ts',
    'identity',
    'store',
    'network',
    'verify',
    'metrics',
    'anchor',
    'api',
  ],
  cli: ['client', 'core', 'ports.ts', 'version.ts', 'config.ts', 'compose.ts', 'identity', 'offline', 'verify'],
  'embedded.ts': ['core', 'ports.ts', 'config.ts', 'compose.ts', 'contract', 'live-events.ts', 'queries.ts'],
  'index.ts': ['core', 'ports.ts', 'version.ts', 'config.ts', 'client', 'contract', 'embedded.ts'],
};

/** What the dashboard may take from src: what is pure, the reference of the signature rule with it. */
const PAGE_MAY_IMPORT = /^(web\/|src\/core\/|src\/verify\/(reference|rule)\.ts$)/;
const PAGE_PACKAGES = /^(#sha256|preact|preact\/hooks|uplot|uplot\/dist\/uPlot\.min\.css|d3-force)$/;
const CORE_PACKAGES = /^(#sha256|@noble\/.+|@scure\/base)$/;
/** The one file of the core that knows a platform: it gives `#sha256` its fast form (package.json, "imports"). */
const PLATFORM_HASH = 'src/core/sha256-node.ts';
const IMPURE =
  /\b(?:Date|Math\.random|setTimeout|setInterval|setImmediate|queueMicrotask|performance|process|console|globalThis|async|await|Promise|Worker)\b/;

/**
 * Where programs begin: the command, the library, what runs in a worker, the store of tests and simulations, and what stands behind
 * `#sha256`.
 */
const ENTRY_POINTS = [
  'src/cli/main.ts',
  'src/index.ts',
  'src/verify/worker.ts',
  'src/store/memory-store.ts',
  PLATFORM_HASH,
  'src/core/sha256-portable.ts',
];
const PAGE_ENTRY = 'web/main.tsx';

const LINES_MAX = 300;
const TEST_LINES_MAX = 400;
/** Files that may be longer, and how long. */
const LONGER: ReadonlyMap<string, number> = new Map([
  ['src/core/limits.ts', 600], // a table
  ['src/core/node.ts', 350], // the one place that decides
]);

function roomOf(file: string): string {
  return file.split('/')[1] ?? '';
}

/** A fault a line, so that one run shows all of them. */
function none(faults: readonly string[]): void {
  deepEqual(faults, []);
}

describe('imports', () => {
  it('go one way between rooms', () => {
    none(
      SOURCES.flatMap((file) => {
        const allowed = MAY_IMPORT[roomOf(file)];
        if (allowed === undefined) return [`${file} is in no known room: give it a line in test/tidy.test.ts`];
        return importsOf(file).flatMap(({ file: target }) => {
          if (target === undefined || roomOf(target) === roomOf(file) || allowed.includes(roomOf(target))) return [];
          return [`${file} imports ${target}`];
        });
      }),
    );
  });

  it('of the core name nothing but itself, #sha256, @noble and @scure/base', () => {
    none(
      SOURCES.filter((file) => roomOf(file) === 'core' && file !== PLATFORM_HASH).flatMap((file) =>
        importsOf(file)
          .filter(({ specifier, file: target }) => target === undefined && !CORE_PACKAGES.test(specifier))
          .map(({ specifier }) => `${file} imports ${specifier}`),
      ),
    );
  });

  it('of the dashboard name itself, what is pure in src, and its few packages; nothing in src names the dashboard', () => {
    none(
      PAGE.flatMap((file) =>
        importsOf(file)
          .filter(({ specifier, file: target }) =>
            target === undefined ? !PAGE_PACKAGES.test(specifier) : !PAGE_MAY_IMPORT.test(target),
          )
          .map(({ specifier }) => `${file} imports ${specifier}`),
      ),
    );
    none(
      SOURCES.flatMap((file) =>
        importsOf(file)
          .filter(({ file: target }) => target?.startsWith('web/') === true)
          .map(({ specifier }) => `${file} imports ${specifier}`),
      ),
    );
  });

  it('name files that exist, with their endings', () => {
    none(
      CODE.flatMap((file) =>
        importsOf(file)
          .filter(({ file: target }) => target !== undefined && !existsSync(join(ROOT, target)))
          .map(({ specifier }) => `${file} imports ${specifier}`),
      ),
    );
  });

  it('make no circle', () => none(circles([...SOURCES, ...PAGE])));

  it('reach every file of src and of the dashboard from an entry point', () => {
    const entries = ENTRY_POINTS.filter((file) => SOURCES.includes(file));
    for (const file of ENTRY_POINTS) if (!entries.includes(file)) process.stdout.write(`      (no ${file} yet)\n`);
    const reached = reachedFrom(entries);
    none(SOURCES.filter((file) => !reached.has(file)));
    const ofPage = reachedFrom([PAGE_ENTRY]);
    none(PAGE.filter((file) => !ofPage.has(file)));
  });
});

function reachedFrom(entries: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...entries];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file) || !/\.tsx?$/.test(file)) continue;
    reached.add(file);
    for (const { file: target } of importsOf(file)) if (target !== undefined) open.push(target);
  }
  return reached;
}

/** Circles of imports that exist when the program runs; types are gone by then. */
function circles(files: readonly string[]): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      found.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const { file: target, typeOnly } of importsOf(file)) {
      if (target !== undefined && !typeOnly && files.includes(target)) visit(target, [...path, file]);
    }
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}

describe('the core', () => {
  it('has no clock, no dice, no timers, no input or output', () => {
    none(
      SOURCES.filter((file) => roomOf(file) === 'core').flatMap((file) =>
        codeOf(file, false)
          .split('\n')
          .flatMap((line, i) => (IMPURE.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
      ),
    );
  });
});

describe('files', () => {
  it('are short', () => {
    none(
      CODE.flatMap((file) => {
        const lines = textOf(file).split('\n').length - 1;
        const max = LONGER.get(file) ?? (file.startsWith('test/') ? TEST_LINES_MAX : LINES_MAX);
        return lines > max ? [`${file} has ${lines} lines, more than ${max}`] : [];
      }),
    );
  });

  const unwanted: readonly (readonly [string, RegExp])[] = [
    ['the type any', /(?::|<|\bas|\||&|=>)\s*any\b|\bany\[\]/],
    ['a note to come back', /\b(?:TO[D]O|FIX[M]E|HA[C]K)\b/],
    ['a test switched on or off', /\b(?:describe|context|it)\.(?:on[l]y|sk[i]p)\(/],
  ];
  for (const [what, pattern] of unwanted) {
    it(`hold nowhere ${what}`, () => {
      none(
        CODE.flatMap((file) => {
          const text = what === 'the type any' ? codeOf(file, false) : textOf(file);
          return text
            .split('\n')
            .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : []));
        }),
      );
    });
  }

  it("name no place on somebody's machine and no package registry", () => {
    const places = /(?:^|[\s'"`(=:])\/(?:work|tmp|home|root|Users)(?:\/|\b)|registry\.npm|npmmirror|verdaccio/;
    const texts = [...CODE, ...filesUnder('docs', '.md'), ...filesUnder('', '.md', '.yml', '.yaml', 'Dockerfile')];
    none(
      [...new Set(texts)]
        .filter((file) => file !== 'test/tidy.test.ts')
        .flatMap((file) =>
          textOf(file)
            .split('\n')
            .flatMap((line, i) => (places.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
        ),
    );
    ok(!textOf('package-lock.json').includes('"resolved"'), 'the lock file names a registry');
  });
});

describe('the specification', () => {
  const rules = [...SPECIFICATION.matchAll(/^\*\*R-(\d\d)\*\*/gm)].map(([, number]) => Number(number));

  it('numbers its rules upwards, each once', () => {
    ok(rules.length > 50, `only ${rules.length} rules`);
    deepEqual(
      rules,
      [...new Set(rules)].sort((a, b) => a - b),
    );
  });

  it('holds every rule that code, tests and notes name', () => {
    none(
      [...CODE, ...filesUnder('docs', '.md')].flatMap((file) =>
        [...textOf(file).matchAll(/\bR-(\d\d)\b/g)]
          .filter(([, number]) => !rules.includes(Number(number)))
          .map(([rule]) => `${file} names ${rule}`),
      ),
    );
  });

  it('names every refusal that the core gives', () => {
    const given = /(?:TessraxError\(|refuse\(|wrong\(|#error\()\s*'([a-z_]+)'/g;
    const codes = SOURCES.filter((file) => roomOf(file) === 'core').flatMap((file) =>
      [...codeOf(file).matchAll(given)].map(([, code]) => code ?? ''),
    );
    ok(codes.length > 40, `only ${codes.length} refusals found`);
    none([...new Set(codes)].filter((code) => !SPECIFICATION.includes(`\`${code}\``)).sort());
  });

  it('has the limits of the code and the examples of the vectors (node scripts/protocol-tables.ts brings both up to date)', () => {
    equal(SPECIFICATION, withTables(SPECIFICATION));
  });
});
