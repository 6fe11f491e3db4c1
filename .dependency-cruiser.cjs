/**
 * Which room may import which: the table of docs/architecture.md, enforced. Nothing but what stands here is allowed.
 * A room may always import itself. Entries are path prefixes, or a single file.
 */
const below = ['src/kernel/', 'src/program/', 'src/syntax/', 'src/analysis/', 'src/simulator/'];

const table = {
  'src/kernel/': [],
  'src/program/': ['src/kernel/'],
  'src/simulator/': ['src/kernel/', 'src/program/'],
  'src/syntax/': ['src/kernel/', 'grammars/'],
  'src/review/': below,
  'src/report/': ['src/review/types.ts', 'src/program/', 'src/kernel/versions.ts'],
  'src/engine/': [...below, 'src/review/', 'src/report/'],
  'src/host/': ['src/engine/'],
  'src/protocol/': [],
  'src/cli/': ['src/engine/', 'src/report/', 'src/host/', 'src/protocol/'],
  'server/': ['src/engine/', 'src/report/', 'src/host/', 'src/protocol/'],
  'client/': ['src/protocol/'],
};

/** The rooms inside src/analysis in order: each imports only those before it. */
const analysisRooms = [
  'base',
  'ir',
  'lower',
  'source',
  'resolve',
  'domain',
  'frame',
  'resources',
  'interpret',
  'workspace',
  'results',
].map((room) => `src/analysis/${room}/`);

for (const [index, room] of analysisRooms.entries())
  table[room] = [...analysisRooms.slice(0, index), 'src/kernel/', 'src/program/', 'src/syntax/'];
table['src/analysis/index.ts'] = analysisRooms;

/** The one circle: a recursive descent, as the grammar is. */
const descent = '^src/analysis/lower/(guards|calls|expressions|statements)[.]ts$';

/** Rooms that may import modules of the platform. */
const platformRooms = ['src/host/', 'src/cli/', 'server/', 'client/'];

/** npm packages and the one room that each belongs to. */
const packages = {
  diff: ['src/review/'],
  'web-tree-sitter': ['src/syntax/'],
  'vscode-languageserver': ['server/'],
  'vscode-languageserver-textdocument': ['server/'],
  'vscode-languageclient': ['client/'],
};

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const anyOf = (prefixes) => prefixes.map((prefix) => `^${escape(prefix)}`);

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, via: { pathNot: descent } },
    },
  ],
  allowedSeverity: 'error',
  allowed: [
    { from: { path: '^(test|scripts)/' }, to: {} },
    { from: { path: '^([a-z]+)/' }, to: { path: '^$1/', pathNot: '^src/' } },
    { from: { path: '^src/([a-z]+)/', pathNot: '^src/analysis/' }, to: { path: '^src/$1/' } },
    { from: { path: '^src/analysis/([a-z]+)/' }, to: { path: '^src/analysis/$1/' } },
    ...Object.entries(table)
      .filter(([, targets]) => targets.length > 0)
      .map(([room, targets]) => ({ from: { path: `^${escape(room)}` }, to: { path: anyOf(targets) } })),
    { from: { path: anyOf(platformRooms) }, to: { dependencyTypes: ['core'] } },
    { from: { path: '^client/' }, to: { path: '(^|node_modules/@types/)vscode(/|$)' } },
    ...Object.entries(packages).map(([name, rooms]) => ({
      from: { path: anyOf(rooms) },
      to: { path: `(^|/)node_modules/${escape(name)}/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|out)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
