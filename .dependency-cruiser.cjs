/**
 * The rooms of the code and the only arrows between them. Whatever is not allowed here is an error, also an import
 * that serves only types; what every room may use is its own files, Node's modules and npm packages.
 */

/** Room: pattern of its files. */
const ROOMS = {
  /** First code of the program, which starts the app or the command line. */
  entry: '^main/(entry|command-line)[.]ts$',
  /** Errors, and sentences with values: what every room may say. So is that too many files are open, wherever one is. */
  errors: '^main/(errors|text|open-files)[.]ts$',
  /** The app's language in the main process. */
  words: '^main/words/',
  /** Catalogs of the languages. */
  locales: '^locales/',
  app: '^main/app/',
  ipc: '^main/ipc/',
  keys: '^main/keys/',
  jobs: '^main/jobs/',
  /** What others see of the engine: its types, the pause word, the client that runs it in a thread. */
  engineClient: '^main/engine/((api|control|client|excludes)[.]ts$|api/)',
  /** The part of it that the rooms below the verbs share: types, the word that pauses them, opening for a verb. */
  engineContract: '^main/engine/((api|control|excludes|thread|open|verb-context)[.]ts$|api/)',
  engine: '^main/engine/([^/]+$|api/)',
  format: '^main/engine/format/',
  repository: '^main/engine/repository/',
  pipeline: '^main/engine/pipeline/',
  /** What a system keeps of an entry besides its bytes, by calls that Node does not make. */
  platform: '^main/engine/platform/',
  /** The thread that reads packs from storage that is not a folder, and the lines to it. */
  fetch: '^main/engine/fetch/',
  /** The index of all names, and what is looked for in it. */
  search: '^main/engine/search/',
  /** The server that shows snapshots to file managers. */
  mount: '^main/engine/mount/',
  /** Looking into files of a backup, in a process of its own, and what the app sees of that process. */
  preview: '^main/preview/',
  previewClient: '^main/preview/(api|client)[.]ts$',
  /** Conversations and mail out of files of a backup: pure functions of bytes. */
  messages: '^main/messages/',
  /** Where this computer's own files lie and what is in them: the app and the command line share them. */
  folders: '^main/jobs/(folders|scratch|config|place-schema|place-forms|destination-words)[.]ts$',
  destinations: '^main/destinations/',
  /** What others see of a destination: its interface, and how it is named before it is opened. */
  destinationContract: '^main/destinations/(destination|spec|place-id|traffic|limits|waiting)[.]ts$',
  /** The check of a destination, opening one for it, and what has to be asked before. */
  destinationCheck: '^main/destinations/(destination|spec|place-id|traffic|limits|open|connect|test-destination)[.]ts$',
  cli: '^main/cli/',
  preload: '^preload/',
  contract: '^preload/(contract|channels)[.]ts$',
  renderer: '^renderer/',
  /** The vault is a program of its own; only the protocol is shared, with the keys of the app. */
  vaultProtocol: '^vault/protocol/',
  vaultHsm: '^vault/hsm/',
  vaultStore: '^vault/store/',
  vaultLedger: '^vault/ledger/',
  vaultRecord: '^vault/record/',
  vaultService: '^vault/service/',
  vaultCli: '^vault/cli/',
};

/**
 * From a room to the rooms it may import besides itself. Four arrows are more than the architecture's table says:
 * engine to format and destinations, since verbs open a destination and speak of trees and snapshots; pipeline to
 * repository, since the workers look into the index that all of them share; jobs to the check of a destination, which
 * is one look at a folder and needs no engine.
 */
const ARROWS = {
  entry: ['app', 'cli'],
  errors: [],
  words: ['errors', 'locales'],
  app: ['errors', 'words', 'keys', 'jobs', 'ipc', 'destinationContract'],
  ipc: ['errors', 'words', 'keys', 'jobs', 'engineClient', 'contract', 'destinationContract'],
  keys: ['errors', 'vaultProtocol'],
  jobs: ['errors', 'words', 'engineClient', 'destinationCheck', 'previewClient'],
  engine: ['errors', 'repository', 'pipeline', 'fetch', 'search', 'mount', 'format', 'platform', 'destinations'],
  format: ['errors'],
  repository: ['errors', 'engineContract', 'fetch', 'format', 'platform', 'destinations'],
  pipeline: ['errors', 'engineContract', 'fetch', 'format', 'repository', 'platform', 'destinationContract'],
  platform: ['format'],
  fetch: ['errors', 'engineContract', 'destinationContract'],
  search: ['errors', 'format', 'repository'],
  mount: ['errors', 'engineContract', 'fetch', 'format', 'repository'],
  preview: ['errors', 'messages'],
  messages: ['errors'],
  destinations: ['errors'],
  cli: ['errors', 'engine', 'engineContract', 'keys', 'folders', 'destinationContract', 'destinationCheck'],
  preload: [],
  renderer: ['contract', 'locales'],
  vaultProtocol: [],
  vaultHsm: ['vaultProtocol'],
  vaultStore: [],
  vaultLedger: ['vaultProtocol', 'vaultHsm', 'vaultStore'],
  vaultRecord: ['vaultProtocol'],
  vaultService: ['vaultProtocol', 'vaultHsm', 'vaultLedger', 'vaultRecord'],
  vaultCli: ['vaultProtocol', 'vaultHsm', 'vaultStore', 'vaultLedger', 'vaultRecord', 'vaultService'],
};

const TOOLS = ['core', 'npm', 'npm-dev', 'npm-optional'];

module.exports = {
  allowedSeverity: 'error',
  allowed: [
    { from: {}, to: { dependencyTypes: TOOLS } },
    { from: { path: '^renderer/vite[.]config[.]ts$' }, to: { path: '^build/i18n/' } }, // compiles the page's words
    { from: {}, to: { path: '^package[.]json$' } }, // the product's name and version
    { from: {}, to: { couldNotResolve: true } }, // imports-exist tells it better
    ...Object.entries(ARROWS).map(([room, targets]) => ({
      from: { path: ROOMS[room] },
      to: { path: [room, ...targets].map((name) => ROOMS[name]) },
    })),
  ],
  forbidden: [
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'electron-only-in-the-shell',
      comment: 'The engine, the keys, the destinations and the command line run on plain Node.',
      severity: 'error',
      from: { pathNot: [ROOMS.app, ROOMS.ipc, ROOMS.preload] },
      to: { path: ['^electron(/|$)', 'node_modules/electron/'] },
    },
    {
      name: 'keytar-only-behind-its-port',
      severity: 'error',
      from: { pathNot: ROOMS.keys },
      to: { path: ['^keytar$', 'node_modules/keytar/'] },
    },
    {
      name: 'renderer-knows-types-only',
      comment: 'The validators of the contract run in the main process; the page gets its types.',
      severity: 'error',
      from: { path: ROOMS.renderer },
      to: { path: ROOMS.preload, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: ROOMS.renderer, pathNot: '^renderer/vite[.]config[.]ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'product-has-no-development-packages',
      severity: 'error',
      from: {
        pathNot: ['[.]d[.]ts$', '^renderer/vite[.]config[.]ts$', '^main/engine/pipeline/chunker/compile[.]mjs$'],
      },
      to: { dependencyTypes: ['npm-dev'], pathNot: ['node_modules/electron/', 'node_modules/@types/'] },
    },
    {
      name: 'imports-exist',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^build/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
