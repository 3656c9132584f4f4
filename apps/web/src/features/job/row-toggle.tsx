interface Props {
  readonly open: boolean;
  readonly label: string;
  readonly onToggle: () => void;
}

export function RowToggle({ open, label, onToggle }: Props) {
  return (
    <button
      type="button"
      aria-expanded={open}
      aria-label={label}
      onClick={onToggle}
      className="-ml-1 px-1 text-soft hover:text-ink"
    >
      <span aria-hidden="true" className={`turns inline-block ${open ? "rotate-90" : ""}`}>
        ›
      </span>
    </button>
  );
}
