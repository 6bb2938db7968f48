import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { getAddress } from "viem";

describe("Vault", async () => {
  const { viem, networkHelpers } = await network.create();
  const [owner, other] = await viem.getWalletClients();
  const client = await viem.getPublicClient();

  async function vault() {
    const release = BigInt(await networkHelpers.time.latest()) + 86_400n;
    return { release, vault: await viem.deployContract("Vault", [release], { value: 5n }) };
  }

  it("takes ether", async () => {
    const { vault: deployed } = await networkHelpers.loadFixture(vault);
    const sent = other!.sendTransaction({ to: deployed.address, value: 7n });
    await viem.assertions.balancesHaveChanged(sent, [
      { address: other!.account.address, amount: -7n },
      { address: deployed.address, amount: 7n },
    ]);
    await viem.assertions.emit(sent, deployed, "Deposited");
  });

  it("is locked until its time has come", async () => {
    const { vault: deployed, release } = await networkHelpers.loadFixture(vault);
    await viem.assertions.revertWithCustomErrorWithArgs(deployed.write.withdraw(), deployed, "Locked", [
      release,
    ]);
    await networkHelpers.time.increaseTo(release - 2n);
    // The call is of the next block, a second later.
    await viem.assertions.revertWithCustomError(deployed.write.withdraw(), deployed, "Locked");
  });

  it("opens for its owner alone", async () => {
    const { vault: deployed, release } = await networkHelpers.loadFixture(vault);
    await networkHelpers.time.increaseTo(release);
    const byOther = deployed.write.withdraw({ account: other!.account });
    await viem.assertions.revertWith(byOther, "not the owner");
    await viem.assertions.emitWithArgs(deployed.write.withdraw(), deployed, "Released", [5n]);
    assert.equal(await client.getBalance({ address: deployed.address }), 0n);
  });

  it("opens in a block whose time was set", async () => {
    const { vault: deployed, release } = await networkHelpers.loadFixture(vault);
    await networkHelpers.time.setNextBlockTimestamp(release);
    await viem.assertions.emit(deployed.write.withdraw(), deployed, "Released");
  });

  it("is as it was in every test", async () => {
    const { vault: deployed, release } = await networkHelpers.loadFixture(vault);
    assert.equal(await client.getBalance({ address: deployed.address }), 5n);
    assert.equal(await deployed.read.owner(), getAddress(owner!.account.address));
    assert.ok(BigInt(await networkHelpers.time.latest()) < release);
  });
});
