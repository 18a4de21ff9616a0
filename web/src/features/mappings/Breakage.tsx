import { useTranslation } from 'react-i18next';
import type { MappingPath } from './kinds.ts';
import type { Breakage as Breaks } from './usage.ts';

/** What would break, in words: for who is about to delete it. */
export function Breakage({ breakage, path }: { breakage: Breaks; path: MappingPath }) {
  const { t } = useTranslation();
  const { calls, open, keys, withoutFallback, withoutMachine, withFewerMachines } = breakage;
  const lines = [
    calls > 0 &&
      t(path === 'machine-mappings' ? 'mappings.delete.callsThere' : 'mappings.delete.calls', {
        count: calls,
      }),
    withoutMachine.length > 0 &&
      t('mappings.delete.withoutMachine', { count: withoutMachine.length, names: withoutMachine.join(', ') }),
    withFewerMachines.length > 0 &&
      t('mappings.delete.fewerMachines', { names: withFewerMachines.join(', ') }),
    withoutFallback.length > 0 &&
      t('mappings.delete.withoutFallback', {
        count: withoutFallback.length,
        names: withoutFallback.join(', '),
      }),
    keys > 0 && t('mappings.delete.keys', { count: keys }),
    open > 0 && t('mappings.delete.open', { count: open }),
  ].filter((line) => line !== false);
  return (
    <>
      <p>{t('mappings.delete.inUse')}</p>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p className="dim">{t('mappings.delete.undoable')}</p>
    </>
  );
}
