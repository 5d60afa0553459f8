/** Written by `npm run types` from docs/openapi.json. */
export interface paths {}
