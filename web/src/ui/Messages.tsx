import '@mantine/notifications/styles.layer.css';
import { Notifications } from '@mantine/notifications';

/** The corner in which `notify.tsx` says things. */
export function Messages() {
  return <Notifications position="bottom-right" />;
}
