import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../ui/Page.tsx';
import { KeyPairs } from './KeyPairs.tsx';
import styles from './profile.module.css';
import { Tokens } from './Tokens.tsx';

export function KeysPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t('nav.keys')} description={t('keys.description')} />
      <div className={styles.stack}>
        <KeyPairs />
        <Tokens />
      </div>
    </>
  );
}
