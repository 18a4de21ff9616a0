import { Skeleton } from '@mantine/core';

/** Holds a tab's place while its task loads. */
export function TabSkeleton() {
  return <Skeleton height={320} radius="lg" aria-busy="true" />;
}
