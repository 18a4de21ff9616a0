import { Outlet, useLocation } from '@tanstack/react-router';
import { useSession } from '../api/session.ts';
import { PageForbidden } from '../ui/PageStates.tsx';
import { isAllowed } from './navigation.ts';

/** The page of this address, or a word about why this person cannot have it. The server refuses by itself. */
export function Allowed() {
  const { user } = useSession();
  const pathname = useLocation({ select: (location) => location.pathname });
  return isAllowed(pathname, user.role) ? <Outlet /> : <PageForbidden />;
}
