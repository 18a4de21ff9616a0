import type { SettingsChange, SystemSettings } from '@arno/protocol';
import { queryOptions } from '@tanstack/react-query';
import { consoleApi } from '../../api/console.ts';

export const settingsQuery = queryOptions({
  queryKey: ['system', 'settings'],
  queryFn: ({ signal }) => consoleApi<SystemSettings>('GET', 'system/settings', { signal }),
});

export const changeSettings = (change: SettingsChange) =>
  consoleApi<SystemSettings>('PATCH', 'system/settings', { body: change });
