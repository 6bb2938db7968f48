// The door of the store: what of a chain survives a restart.

export {};
