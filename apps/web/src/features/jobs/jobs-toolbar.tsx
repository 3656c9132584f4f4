"use client";

import { FilterBox } from "./filter-box.tsx";
import { isFiltered, type JobsView } from "./jobs-view.ts";
import type { JobRow } from "./model/job-row.ts";

interface Props {
  readonly rows: readonly JobRow[];
  readonly view: JobsView;
  readonly onChange: (change: Partial<JobsView>) => void;
}

export const NO_FILTER = { text: "", role: "", environment: "", attention: false } as const;

const FIELD = "h-7 rounded border border-edge bg-panel px-2 text-sm text-ink";

export function JobsToolbar({ rows, view, onChange }: Props) {
  const roles = namesOf(rows, (row) => row.key.role, view.role);
  const environments = namesOf(rows, (row) => row.key.environment, view.environment);
  return (
    <search aria-label="Jobs">
      <form className="flex flex-wrap items-center gap-2" onSubmit={(e) => e.preventDefault()}>
        <FilterBox
          text={view.text}
          onChange={(text) => onChange({ text })}
          className={`${FIELD} w-80 max-w-full flex-auto placeholder:text-soft sm:flex-none`}
        />
        <Choice
          label="Role"
          all="all roles"
          value={view.role}
          options={roles}
          onChange={(role) => onChange({ role })}
        />
        <Choice
          label="Environment"
          all="all environments"
          value={view.environment}
          options={environments}
          onChange={(environment) => onChange({ environment })}
        />
        <label className={`${FIELD} flex cursor-pointer items-center gap-1.5`}>
          <input
            type="checkbox"
            className="accent-accent"
            checked={view.attention}
            onChange={(event) => onChange({ attention: event.target.checked })}
          />
          needs attention
        </label>
        {isFiltered(view) ? (
          <button
            type="button"
            className="h-7 px-1 text-accent hover:underline"
            onClick={() => onChange(NO_FILTER)}
          >
            Clear filters
          </button>
        ) : null}
      </form>
    </search>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly all: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, all, value, options, onChange }: ChoiceProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(e) => onChange(e.target.value)}
      className={`${FIELD} max-w-44`}
    >
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option}>{option}</option>
      ))}
    </select>
  );
}

/** What the link in the address bar asks for stays a choice, even when no job has it now. */
function namesOf(rows: readonly JobRow[], name: (row: JobRow) => string, chosen: string): string[] {
  const names = new Set(rows.map(name));
  if (chosen !== "") names.add(chosen);
  return [...names].sort();
}
