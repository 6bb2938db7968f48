// Seaport: sellers sign offers, buyers pay for them.

import { TypedData } from "ox";
import { conduitController, seaport } from "../artifacts.ts";
import { CHAIN_ID, encoder, type HexString, type Script, withArguments } from "../script.ts";
import { NEVER, NOBODY, NOTHING } from "./arguments.ts";
import { owner, user, usersOf } from "./cast.ts";
import { deployErc721, mint721 } from "./collectibles.ts";
import type { Workload } from "./workload.ts";

const setApprovalForAll = encoder("function setApprovalForAll(address operator, bool approved)");
const fulfillBasicOrder = encoder(
  "function fulfillBasicOrder((address considerationToken, uint256 considerationIdentifier, uint256 considerationAmount, address offerer, address zone, address offerToken, uint256 offerIdentifier, uint256 offerAmount, uint8 basicOrderType, uint256 startTime, uint256 endTime, bytes32 zoneHash, uint256 salt, bytes32 offererConduitKey, bytes32 fulfillerConduitKey, uint256 totalOriginalAdditionalRecipients, (uint256 amount, address recipient)[] additionalRecipients, bytes signature) parameters)",
);

/** What a seller signs (EIP-712). */
const ORDER = {
  OrderComponents: [
    { name: "offerer", type: "address" },
    { name: "zone", type: "address" },
    { name: "offer", type: "OfferItem[]" },
    { name: "consideration", type: "ConsiderationItem[]" },
    { name: "orderType", type: "uint8" },
    { name: "startTime", type: "uint256" },
    { name: "endTime", type: "uint256" },
    { name: "zoneHash", type: "bytes32" },
    { name: "salt", type: "uint256" },
    { name: "conduitKey", type: "bytes32" },
    { name: "counter", type: "uint256" },
  ],
  OfferItem: [
    { name: "itemType", type: "uint8" },
    { name: "token", type: "address" },
    { name: "identifierOrCriteria", type: "uint256" },
    { name: "startAmount", type: "uint256" },
    { name: "endAmount", type: "uint256" },
  ],
  ConsiderationItem: [
    { name: "itemType", type: "uint8" },
    { name: "token", type: "address" },
    { name: "identifierOrCriteria", type: "uint256" },
    { name: "startAmount", type: "uint256" },
    { name: "endAmount", type: "uint256" },
    { name: "recipient", type: "address" },
  ],
} as const;

const NATIVE = 0;
const ERC721 = 2;
/** Ether for an ERC-721, the whole order, open to everybody. */
const ETHER_FOR_ERC721 = 0;
/** What the seller and the marketplace get, in wei. */
const PRICE = 975n * 10n ** 12n;
const COMMISSION = 25n * 10n ** 12n;

const TRADERS = 2_000;

/** The call that buys `id` of `seller`, who has signed the offer of it. */
function order(script: Script, market: HexString, nft: HexString, seller: HexString, id: bigint): HexString {
  const fees = script.stranger(0);
  const paid = (amount: bigint, recipient: HexString) => ({
    itemType: NATIVE,
    token: NOBODY,
    identifierOrCriteria: 0n,
    startAmount: amount,
    endAmount: amount,
    recipient,
  });
  const digest = TypedData.getSignPayload({
    domain: { name: "Seaport", version: "1.6", chainId: CHAIN_ID, verifyingContract: market },
    types: ORDER,
    primaryType: "OrderComponents",
    message: {
      offerer: seller,
      zone: NOBODY,
      offer: [{ itemType: ERC721, token: nft, identifierOrCriteria: id, startAmount: 1n, endAmount: 1n }],
      consideration: [paid(PRICE, seller), paid(COMMISSION, fees)],
      orderType: 0,
      startTime: 0n,
      endTime: NEVER,
      zoneHash: NOTHING,
      salt: id,
      conduitKey: NOTHING,
      counter: 0n,
    },
  });
  return fulfillBasicOrder([
    NOBODY,
    0n,
    PRICE,
    seller,
    NOBODY,
    nft,
    id,
    1n,
    ETHER_FOR_ERC721,
    0n,
    NEVER,
    NOTHING,
    id,
    NOTHING,
    NOTHING,
    1n,
    [[COMMISSION, fees]],
    script.sign(seller, digest),
  ]);
}

export const seaportOrders: Workload = {
  name: "seaport",
  title: "Seaport orders: NFTs for ether, a commission to the marketplace",
  kind: "mixed",
  shape: { accounts: TRADERS },
  write(script, size, { accounts = TRADERS }) {
    const from = owner(script);
    const conduits = script.deploy(from, conduitController());
    const market = script.deploy(from, withArguments(seaport(), "address", [conduits]), 12_000_000n);
    const nft = deployErc721(script);
    // The first half sells, the second buys.
    const sellers = Math.max(1, usersOf(size, accounts) >> 1);
    for (let s = 0; s < sellers; s++) {
      script.call(user(script, s), nft, setApprovalForAll(market, true), { gas: 80_000n });
    }
    for (let i = 0; i < size; i++) {
      script.call(from, nft, mint721(user(script, i % sellers)), { gas: 300_000n });
    }
    const setup = [script.take()];
    for (let i = 0; i < size; i++) {
      const buyer = user(script, sellers + (i % sellers));
      const data = order(script, market, nft, user(script, i % sellers), BigInt(i));
      script.call(buyer, market, data, { gas: 400_000n, value: PRICE + COMMISSION });
    }
    return { setup, block: script.take() };
  },
};
