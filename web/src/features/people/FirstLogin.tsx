import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { Secret } from '../../ui/Secret.tsx';
import { Snippet } from '../../ui/Snippet.tsx';

interface Props {
  person: { name: string; username: string };
  password: string;
  onDone: () => void;
}

/** What somebody logs in with, shown once to who made it. */
export function FirstLogin({ person: { name, username }, password, onDone }: Props) {
  const { t } = useTranslation();
  return (
    <Secret onDone={onDone}>
      <p>{t('people.createdText', { name, address })}</p>
      <Snippet title={t('people.username')} code={username} />
      <Snippet title={t('people.password.field')} code={password} />
    </Secret>
  );
}
