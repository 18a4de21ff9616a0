/** The mark: the river. Drawn here and in public/icon.svg. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#4263eb" />
      <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round">
        <path d="M6.5 12.5c3.2-3.4 6.3-3.4 9.5 0s6.3 3.4 9.5 0" />
        <path d="M6.5 20c3.2-3.4 6.3-3.4 9.5 0s6.3 3.4 9.5 0" opacity=".72" />
      </g>
    </svg>
  );
}
