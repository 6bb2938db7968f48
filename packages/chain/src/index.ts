// The door of the chain: genesis, pool, blocks built and imported, reorgs, history.

export {};
