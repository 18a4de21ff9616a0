import {
  type FileDeletion,
  type FileDeletions,
  type FileStorage,
  fileDeletionsQuery,
  type SystemSettings,
  settingsChange,
} from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { recordChange } from '../features/audit/index.ts';
import { type FileDeletionReport, listFileDeletions } from '../features/files/index.ts';
import { callRetentionKey } from '../features/system/index.ts';
import { inTransaction } from '../platform/database.ts';
import { clearSetting, lockSetting, writeSetting } from '../platform/live-settings.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { ConsoleApiError } from './errors.ts';
import { supportBundle } from './support.ts';
import { systemHealth } from './system-health.ts';

const shownDeletions = 50;
const admins = { config: { roles: ['admin'] } } as const;

/** The server itself, for administrators. */
export function systemRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  const { db, server } = options;

  app.get('/system/health', admins, (request) => systemHealth(scopeOf(db, request), options));

  app.get('/system/files', admins, (): Promise<FileStorage> => server.files.report());

  app.get<{ Querystring: Static<typeof fileDeletionsQuery> }>(
    '/system/file-deletions',
    { ...admins, schema: { querystring: fileDeletionsQuery } },
    async (request): Promise<FileDeletions> => {
      const list = { ...request.query, limit: shownDeletions + 1 };
      const rows = await listFileDeletions(scopeOf(db, request), list);
      const next = rows.length > shownDeletions ? rows[shownDeletions - 1]?.id : undefined;
      return { items: rows.slice(0, shownDeletions).map(deletionView), ...(next !== undefined && { next }) };
    },
  );

  app.get('/system/support-bundle', admins, async (request, reply) => {
    const scope = scopeOf(db, request);
    const name = `arno-support-${scope.now.toISOString().slice(0, 19).replaceAll(':', '')}.json`;
    reply.header('content-disposition', `attachment; filename="${name}"`);
    return reply.type('application/json; charset=utf-8').send(await supportBundle(scope, options));
  });

  settingRoutes(app, options);
}

function settingRoutes(app: FastifyInstance, { db, server }: ConsoleOptions): void {
  const { callRetention, settings } = server;

  const view = async (): Promise<SystemSettings> => {
    const set = await callRetention.setDays();
    const source = callRetention.isFixed ? 'environment' : set === undefined ? 'default' : 'console';
    return {
      environment: [...settings],
      calls: { retention_days: set ?? callRetention.ownDays, default_days: callRetention.ownDays, source },
    };
  };

  app.get('/system/settings', admins, view);

  app.patch<{ Body: Static<typeof settingsChange> }>(
    '/system/settings',
    { ...admins, schema: { body: settingsChange } },
    async (request) => {
      if (callRetention.isFixed) {
        const remedy =
          'ARNO_CALL_RETENTION is set in the environment of this server; unset it to set the days here';
        throw new ConsoleApiError('conflict', remedy, 'call_retention_days');
      }
      const { call_retention_days: days } = request.body;
      await inTransaction(db, async (transaction) => {
        const scope = scopeOf(transaction, request);
        const before = await lockSetting(transaction, callRetentionKey);
        if (days === null) await clearSetting(transaction, callRetentionKey);
        else await writeSetting(transaction, callRetentionKey, days);
        const change = { action: 'update', subject: 'setting', id: callRetentionKey } as const;
        await recordChange(scope, {
          ...{ ...change, name: callRetentionKey, before: { days: before ?? null } },
          after: { days },
        });
      });
      return view();
    },
  );
}

function deletionView(row: FileDeletionReport): FileDeletion {
  const { id, url, owner, state, detail, requested, requested_by, attempts, finished } = row;
  return {
    ...{ id, owner, state, attempts, url: withoutQuery(url), requested_at: requested.toISOString() },
    ...(detail && { detail }),
    ...(requested_by && { requested_by }),
    ...(finished && { finished_at: finished.toISOString() }),
  };
}

/** Whoever noted an address may have put a signature into it. */
function withoutQuery(url: string): string {
  return url.split(/[?#]/)[0] ?? '';
}
