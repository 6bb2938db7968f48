// Fields of Transaction that tests read and the host does not.

import { Transaction } from "../tx/transaction";

export const Transaction_intrinsicGas: u32 = <u32>offsetof<Transaction>("intrinsicGas");
export const Transaction_chainId: u32 = <u32>offsetof<Transaction>("chainId");
export const Transaction_hasChainId: u32 = <u32>offsetof<Transaction>("hasChainId");
export const Transaction_accessListAddresses: u32 = <u32>offsetof<Transaction>("accessListAddresses");
export const Transaction_accessListKeys: u32 = <u32>offsetof<Transaction>("accessListKeys");
export const Transaction_blobHashes: u32 = <u32>offsetof<Transaction>("blobHashes");
export const Transaction_blobCount: u32 = <u32>offsetof<Transaction>("blobCount");
export const Transaction_authorizationCount: u32 = <u32>offsetof<Transaction>("authorizationCount");
export const Transaction_signingHash: u32 = <u32>offsetof<Transaction>("signingHash0");
export const Transaction_maxBlobFee: u32 = <u32>offsetof<Transaction>("maxBlobFee0");
export const Transaction_stateRoot: u32 = <u32>offsetof<Transaction>("stateRoot0");
