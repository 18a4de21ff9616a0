// The import rules of AGENTS.md as errors. Paths are from the root; `source` is the export condition of our own packages.
const ours = ['protocol', 'server', 'agent', 'serving', 'web', 'node-red'];
const featureFace = '^server/src/features/[^/]+/index\\.ts$';
const test = '\\.test\\.tsx?$';

/** A workspace may import itself, packages and what is listed. */
const isolated = (name, allowed) => ({
  name: `${name}-stands-apart`,
  comment: `${name}/ may import of ours only: ${[name, ...allowed].join(', ')}`,
  severity: 'error',
  from: { path: `^${name}/` },
  to: {
    path: `^(${ours.filter((other) => other !== name && !allowed.includes(other)).join('|')}|acceptance|bench|scripts)/`,
    // Rows to fill a database with: SQL alone, which a benchmark and the tests of its lists share.
    pathNot: '^bench/lib/fill-lists\\.ts$',
  },
});

module.exports = {
  forbidden: [
    isolated('protocol', []),
    ...ours.filter((name) => name !== 'protocol').map((name) => isolated(name, ['protocol'])),
    {
      name: 'protocol-runs-in-browsers',
      comment: 'protocol/ uses no Node.js module, so that the console can import it',
      severity: 'error',
      from: { path: '^protocol/src/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'platform-knows-no-feature',
      comment: 'server/src/platform is what the features stand on, not the other way round',
      severity: 'error',
      from: { path: '^server/src/platform/', pathNot: test },
      to: { path: '^server/src/', pathNot: '^server/src/platform/' },
    },
    {
      name: 'features-meet-at-index',
      comment: 'one feature imports another only through its index.ts',
      severity: 'error',
      from: { path: '^server/src/features/([^/]+)/' },
      to: { path: '^server/src/features/', pathNot: ['^server/src/features/$1/', featureFace] },
    },
    {
      name: 'features-are-entered-at-index',
      comment: 'the rest of the server imports a feature only through its index.ts',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/src/features/' },
      to: { path: '^server/src/features/', pathNot: featureFace },
    },
    {
      name: 'database-driver-in-platform',
      comment: 'only server/src/platform talks to the driver; stores get a Kysely handle',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/src/platform/' },
      to: { path: 'node_modules/(@types/)?pg(-copy-streams)?/' },
    },
    {
      name: 'acceptance-is-a-black-box',
      comment: 'acceptance/ and bench/ speak HTTP and processes and import nothing of ours',
      severity: 'error',
      from: { path: '^(acceptance|bench)/' },
      to: { path: `^(${ours.join('|')}|scripts)/` },
    },
    {
      name: 'no-cycles',
      comment: 'files that import each other in a ring cannot be understood one at a time',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolves',
      comment: 'an import that leads nowhere would escape every rule above',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.cache)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
    },
  },
};
