import { useState } from 'react';

/** Whether something is so, or was so before: for what is made when it is first needed and then stays. */
export function useEver(now: boolean): boolean {
  const [ever, setEver] = useState(now);
  if (now && !ever) setEver(true);
  return ever || now;
}
