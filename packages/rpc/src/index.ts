// The door of the RPC server: JSON-RPC over HTTP and WebSocket.

export {};
