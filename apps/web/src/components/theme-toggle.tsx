"use client";

import { useState } from "react";
import { THEME_COOKIE, type Theme } from "./theme.ts";

const NEXT: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const GLYPHS: Readonly<Record<Theme, string>> = { system: "◐", light: "○", dark: "●" };
const A_YEAR_SECS = 31_536_000;

export function ThemeToggle({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const choose = () => {
    const next = NEXT[theme];
    setTheme(next);
    document.documentElement.dataset["theme"] = next;
    // biome-ignore lint/suspicious/noDocumentCookie: the server has to know it, and Cookie Store is not everywhere
    document.cookie = `${THEME_COOKIE}=${next}; path=/; max-age=${A_YEAR_SECS}; samesite=strict`;
  };
  return (
    <button
      type="button"
      onClick={choose}
      data-theme-toggle={theme}
      aria-label={`Theme: ${theme}. Change to ${NEXT[theme]}`}
      title={`Theme: ${theme}`}
      className="grid size-7 place-items-center rounded border border-line text-soft hover:border-edge hover:text-ink"
    >
      <span aria-hidden="true">{GLYPHS[theme]}</span>
    </button>
  );
}
