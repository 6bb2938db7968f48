import { createRequire } from "node:module";
import networkHelpers from "@nomicfoundation/hardhat-network-helpers";
import nodeTestRunner from "@nomicfoundation/hardhat-node-test-runner";
import viem from "@nomicfoundation/hardhat-viem";
import viemAssertions from "@nomicfoundation/hardhat-viem-assertions";
import { defineConfig } from "hardhat/config";

export default defineConfig({
  plugins: [viem, viemAssertions, networkHelpers, nodeTestRunner],
  solidity: {
    version: "0.8.37",
    // The compiler of the npm package: Hardhat would download one.
    path: createRequire(import.meta.url).resolve("solc/soljson.js"),
    settings: { optimizer: { enabled: true } },
  },
  paths: { cache: "build/cache", artifacts: "build/artifacts" },
  networks: {
    localhost: { type: "http", url: process.env["ETH_RPC_URL"] ?? "http://127.0.0.1:8545" },
  },
});
