import { type Static, Type } from 'typebox';
import { exactly } from './common.ts';
import type { MachineHealth } from './machines.ts';

/**
 * The server itself, for administrators.
 *
 *   GET    system/health -> SystemHealth
 *   GET    system/files -> FileStorage          how much the file store holds; counted in the background, so it may be some minutes old
 *   GET    system/file-deletions?outcome&before -> FileDeletions
 *   GET    system/settings -> SystemSettings
 *   PATCH  system/settings SettingsChange -> SystemSettings
 *   GET    system/support-bundle                a JSON file without secrets, to send to who helps
 */

/** Times ISO 8601, sizes bytes. */
export interface SystemHealth {
  status: 'ok' | 'starting';
  version: string;
  node: string;
  /** When this process started. */
  started_at: string;
  /** The host that answers, and its number among the servers of the database. */
  host: string;
  server: number;
  /** Each part that this process runs, with `ok` or what it lacks. */
  parts: Record<string, string>;
  database: DatabaseHealth;
  /** What this process does by itself, since it started; the others have lists of their own. */
  jobs: JobState[];
  /** All servers of this database, as their connections show them. */
  servers: ServerSeen[];
  /** Serving machines that get no calls, or one on trial. */
  machines: { total: number; unwell: MachineHealth[] };
  file_deletions: Record<FileDeletionState, number>;
  retention: Retention[];
}

export interface DatabaseHealth {
  /** Of PostgreSQL. */
  version: string;
  embedded: boolean;
  bytes: number;
  connections: { used: number; max: number };
  /** The biggest ones, with their indexes. Rows as PostgreSQL estimates them. */
  tables: { name: string; bytes: number; rows: number }[];
  migration: { number: number; name: string; applied_at: string };
}

export interface JobState {
  name: string;
  every_ms: number;
  /** `elsewhere`: another server did it at that moment. Absent before the first run. */
  last?: { at: string; duration_ms: number; outcome: 'ok' | 'failed' | 'elsewhere'; error?: string };
  /** The newest failure, also when runs after it went well. */
  last_failure?: { at: string; error: string };
  runs: number;
  failures: number;
  running: boolean;
  next_at?: string;
}

export interface ServerSeen {
  number: number;
  /** As its connection to the database says; absent when another program's name stands there. */
  version?: string;
  host?: string;
  /** Address that its connection comes from; absent for the local socket. */
  address?: string;
  since: string;
  self: boolean;
}

export const retained = ['calls', 'worker_stats', 'queue_samples', 'file_reports', 'lost_workers'] as const;

/** How long something is kept; without days for ever. */
export interface Retention {
  what: (typeof retained)[number];
  days?: number;
}

export interface FileStorage {
  kind: 'disk' | 's3';
  /** Folder, or bucket with its prefix. */
  location: string;
  /** Bytes that uploads may still fill; absent where the store does not tell. */
  free?: number;
  /** What was counted last; absent until the first count has ended. */
  counted?: { at: string; files: number; bytes: number; complete: boolean };
  counting: boolean;
  error?: string;
}

/** What became of files that went with their tasks; `waiting` are still to be deleted. */
export const fileDeletionStates = [
  'waiting',
  'deleted',
  'missing',
  'referenced',
  'refused',
  'foreign',
  'failed',
] as const;
export type FileDeletionState = (typeof fileDeletionStates)[number];

export const fileDeletionsQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum([...fileDeletionStates])),
    /** Where the page before ended. */
    before: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  },
  exactly,
);

export interface FileDeletions {
  /** The newest first. */
  items: FileDeletion[];
  next?: number;
}

export interface FileDeletion {
  id: number;
  url: string;
  /** Id of the task or model that it was of. */
  owner: string;
  state: FileDeletionState;
  detail?: string;
  requested_at: string;
  requested_by?: string;
  attempts: number;
  finished_at?: string;
}

/** One setting as this process has it. */
export interface Setting {
  name: string;
  /** What holds; a secret is masked. Absent when there is none. */
  value?: string;
  secret: boolean;
  source: 'environment' | 'default' | 'console';
}

export interface SystemSettings {
  /** Set by the environment of this process; another server may have others. */
  environment: Setting[];
  /** Changed here, for all servers. */
  calls: {
    /** Days that the log of calls keeps; 0 keeps all. */
    retention_days: number;
    /** Of ARNO_CALL_RETENTION: what holds when nothing is set here. */
    default_days: number;
    source: 'environment' | 'default' | 'console';
  };
}

export const settingsChange = Type.Object(
  {
    /** null goes back to the environment's. */
    call_retention_days: Type.Union([Type.Integer({ minimum: 0, maximum: 36_500 }), Type.Null()], {
      description: 'days from 0 to 36500, or null for what the environment says',
    }),
  },
  exactly,
);
export type SettingsChange = Static<typeof settingsChange>;
