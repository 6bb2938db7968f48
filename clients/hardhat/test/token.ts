import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { maxUint256, parseSignature } from "viem";

describe("Token", async () => {
  const { viem, networkHelpers } = await network.create();
  const client = await viem.getPublicClient();
  const [owner, alice, bob] = await viem.getWalletClients();
  const ownerAddress = owner!.account.address;
  const aliceAddress = alice!.account.address;
  const bobAddress = bob!.account.address;

  const token = () => viem.deployContract("Token", [1_000n]);

  it("gives the supply to who deploys it", async () => {
    const { read } = await networkHelpers.loadFixture(token);
    assert.deepEqual([await read.totalSupply(), await read.balanceOf([ownerAddress])], [1_000n, 1_000n]);
  });

  it("emits transfers, and they are found in the logs", async () => {
    const deployed = await networkHelpers.loadFixture(token);
    const from = await client.getBlockNumber();
    for (const amount of [1n, 2n, 3n]) {
      await viem.assertions.emitWithArgs(
        deployed.write.transfer([aliceAddress, amount]),
        deployed,
        "Transfer",
        [ownerAddress, aliceAddress, amount],
      );
    }
    const events = await client.getContractEvents({
      address: deployed.address,
      abi: deployed.abi,
      eventName: "Transfer",
      fromBlock: from + 1n,
      strict: true,
    });
    assert.deepEqual(
      events.map(({ args }) => args.value),
      [1n, 2n, 3n],
    );
    assert.equal(await deployed.read.balanceOf([aliceAddress]), 6n);
  });

  it("refuses with the errors of its source", async () => {
    const deployed = await networkHelpers.loadFixture(token);
    const { assertions } = viem;
    await assertions.revertWithCustomErrorWithArgs(
      deployed.write.transfer([bobAddress, 5n], { account: alice!.account }),
      deployed,
      "ERC20InsufficientBalance",
      [aliceAddress, 0n, 5n],
    );
    await assertions.revertWithCustomErrorWithArgs(
      deployed.write.issue([aliceAddress, 1n], { account: alice!.account }),
      deployed,
      "OwnableUnauthorizedAccount",
      [aliceAddress],
    );
    await assertions.revert(deployed.write.issue([aliceAddress, maxUint256]));
  });

  it("takes an allowance that was signed as typed data", async () => {
    const deployed = await networkHelpers.loadFixture(token);
    const deadline = BigInt(await networkHelpers.time.latest()) + 3_600n;
    const message = { owner: ownerAddress, spender: aliceAddress, value: 70n, nonce: 0n, deadline };
    const signature = await owner!.signTypedData({
      domain: {
        name: "Token",
        version: "1",
        chainId: await client.getChainId(),
        verifyingContract: deployed.address,
      },
      types: {
        Permit: [
          { name: "owner", type: "address" },
          { name: "spender", type: "address" },
          { name: "value", type: "uint256" },
          { name: "nonce", type: "uint256" },
          { name: "deadline", type: "uint256" },
        ],
      },
      primaryType: "Permit",
      message,
    });
    const { r, s, yParity } = parseSignature(signature);
    await deployed.write.permit([ownerAddress, aliceAddress, 70n, deadline, yParity + 27, r, s], {
      account: bob!.account,
    });
    await deployed.write.transferFrom([ownerAddress, bobAddress, 70n], { account: alice!.account });
    assert.equal(await deployed.read.balanceOf([bobAddress]), 70n);
    assert.equal(await deployed.read.nonces([ownerAddress]), 1n);
  });
});
