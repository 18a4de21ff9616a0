import type { Worker } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';

/** The queues that a worker serves, in its order. */
export function QueueLinks({ queues }: { queues: Worker['queues'] }) {
  const { t } = useTranslation();
  return queues.map(({ id, name }, index) => (
    <Fragment key={id}>
      {index > 0 && ', '}
      {name === undefined ? (
        <span className="dim" title={id}>
          {t('workers.queueGone')}
        </span>
      ) : (
        <Link to="/queues/$id" params={{ id }} className="link">
          {name}
        </Link>
      )}
    </Fragment>
  ));
}
