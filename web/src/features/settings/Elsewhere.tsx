import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Page.tsx';
import styles from './SettingsPage.module.css';

/** Settings that have pages of their own. */
export function Elsewhere() {
  const { t } = useTranslation();
  const places = [
    { to: '/access', name: t('nav.access'), text: t('settings.elsewhere.access') },
    { to: '/users', name: t('nav.users'), text: t('settings.elsewhere.users') },
    { to: '/queues', name: t('nav.queues'), text: t('settings.elsewhere.queues') },
    { to: '/profile', name: t('nav.profile'), text: t('settings.elsewhere.profile') },
  ] as const;
  return (
    <Panel title={t('settings.elsewhere.title')}>
      <ul className={styles.links}>
        {places.map(({ to, name, text }) => (
          <li key={to}>
            <Link to={to} className="link">
              {name}
            </Link>
            <div className="dim">{text}</div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
