import { Progress as Bar } from '@mantine/core';

interface Props {
  /** What goes on, for screen readers. */
  label: string;
  /** How much is done, 0 to 1; undefined when nobody knows. */
  share: number | undefined;
  words: string;
}

/** How far long work has come, as a bar and in words. */
export function Progress({ label, share, words }: Props) {
  const percent = share === undefined ? 100 : Math.min(100, share * 100);
  return (
    <div>
      <Bar.Root size="md">
        <Bar.Section
          value={percent}
          striped={share === undefined}
          animated={share === undefined}
          aria-label={label}
        />
      </Bar.Root>
      <p className="dim" style={{ marginTop: 6, fontSize: 13 }} role="status">
        {words}
      </p>
    </div>
  );
}
