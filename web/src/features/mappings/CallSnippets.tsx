import { SegmentedControl } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { Snippet } from '../../ui/Snippet.tsx';
import styles from './mappings.module.css';
import { curlSnippet, nodeRedSnippet, type Published, pythonSnippet } from './snippets.ts';

const languages = ['curl', 'python', 'node-red'] as const;
const names = { curl: 'curl', python: 'Python', 'node-red': 'Node-RED' };

/** How programs make the call, ready to paste. `token` fills in a key that was just made. */
export function CallSnippets({ published, token }: { published: Published; token?: string }) {
  const { t } = useTranslation();
  // A person writes in one language, whatever is called.
  const [stored, setLanguage] = useLocalStorage({
    key: 'arno.snippet',
    defaultValue: 'curl',
    getInitialValueInEffect: false,
  });
  const language = languages.find((one) => one === stored) ?? 'curl';
  const code = {
    curl: () => curlSnippet(address, published, token),
    python: () => pythonSnippet(address, published, token),
    'node-red': () => nodeRedSnippet(address, published),
  }[language];
  return (
    <div className={styles.stack}>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={t('mappings.snippets.language')}
        value={language}
        onChange={setLanguage}
        data={languages.map((value) => ({ value, label: names[value] }))}
      />
      <Snippet title={t(`mappings.snippets.${language}`)} code={code()} />
      {!token && language !== 'node-red' && <p className="dim">{t('mappings.snippets.token')}</p>}
    </div>
  );
}
