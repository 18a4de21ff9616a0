import type { AuditEntry } from '@arno/protocol';
import { useTranslation } from 'react-i18next';

/** What people call the thing that an entry is about. */
export function useSubjectName(): (entry: AuditEntry) => string {
  const { t, i18n } = useTranslation();
  return ({ subject, subject_name: name }) => {
    const setting = `audit.setting.${name}`;
    // A setting of a newer server may have no words here yet.
    if (subject === 'setting' && i18n.exists(setting)) return t(setting as 'audit.setting.oidc_roles');
    return name || t(`audit.subject.${subject}`);
  };
}
