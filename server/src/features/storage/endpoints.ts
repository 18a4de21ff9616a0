import { type Endpoint, read, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { wireDate, withoutNulls } from '../../clearml/wire.ts';
import { findSettings, type Provider, providers, resetSettings, writeSettings } from './store.ts';

/** Keys with which browsers reach object stores. They open everybody's files, so only administrators read and set them. */
export const storageEndpoints: Endpoint[] = [
  read('storage.get_settings', async (call) => {
    const settings = await findSettings(call);
    // An empty answer and not a refusal: the web application asks for everybody who logs in.
    if (!settings || call.caller.role !== 'admin') return {};
    return withoutNulls({ ...settings, last_update: wireDate(settings.last_update) });
  }),

  write('storage.set_settings', async (call, request) => {
    requireAdmin(call);
    const given = providers.filter((provider) => request[provider] !== undefined);
    if (given.length === 0) return { updated: 0 };
    const settings = given.map((provider) => [provider, request[provider]]);
    await writeSettings(call, Object.fromEntries(settings) as Partial<Record<Provider, object>>);
    return { updated: 1 };
  }),

  write('storage.reset_settings', async (call, { keys }) => {
    requireAdmin(call);
    return { updated: await resetSettings(call, keys ?? providers) };
  }),
];

function requireAdmin({ caller }: Scope): void {
  if (caller.role === 'admin') return;
  throw new ClearmlError('role_not_allowed', 'only administrators may change the storage settings');
}
