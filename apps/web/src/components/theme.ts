export type Theme = "system" | "light" | "dark";

/** A cookie, not local storage: the server writes the first page in the right colours, without a script in its head. */
export const THEME_COOKIE = "borealis-theme";

export function readTheme(cookie: string | undefined): Theme {
  return cookie === "light" || cookie === "dark" ? cookie : "system";
}
