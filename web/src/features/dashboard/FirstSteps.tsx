import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { Panel } from '../../ui/Page.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { enqueueExample } from '../calls/callWords.tsx';
import styles from './DashboardPage.module.css';

/** An installation that nobody has called yet: the way to the first call, for who publishes and for who only calls. */
export function FirstSteps({ isUser }: { isUser: boolean }) {
  const { t } = useTranslation();
  return (
    <Panel title={t(isUser ? 'dashboard.first.titleUser' : 'dashboard.first.title')} className={styles.gap}>
      <ol className={styles.steps}>
        {!isUser && (
          <li>
            <strong>{t('dashboard.first.publish')}</strong>
            <p className="dim">{t('dashboard.first.publishText')}</p>
            <p className={styles.logs}>
              <Link to="/tasks-mappings" className="link">
                {t('nav.taskMappings')}
              </Link>
              <Link to="/machines-mappings" className="link">
                {t('nav.machineMappings')}
              </Link>
              <Link to="/endpoints-mappings" className="link">
                {t('nav.endpointMappings')}
              </Link>
            </p>
          </li>
        )}
        <li>
          <strong>{t('dashboard.first.token')}</strong>
          <p className="dim">{t('dashboard.first.tokenText')}</p>
          <p className={styles.logs}>
            <Link to="/profile/keys" className="link">
              {t('nav.keys')}
            </Link>
          </p>
        </li>
        <li>
          <strong>{t('dashboard.first.call')}</strong>
          <p className="dim">{t('dashboard.first.callText')}</p>
          <Snippet title={t('calls.snippet')} code={enqueueExample(address)} />
        </li>
      </ol>
    </Panel>
  );
}
