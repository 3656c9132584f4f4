import { QueryClient } from "@tanstack/react-query";

/** The stream says when data is old; nothing is asked again because a window was looked at. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: 2,
      },
    },
  });
}
