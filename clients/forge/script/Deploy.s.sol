// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Asset, Shares} from "../src/Shares.sol";

/// The cheat codes that the script needs.
interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// Deploys asset and vault, and puts something in.
contract Deploy {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bool public constant IS_SCRIPT = true;

    function run() external returns (Asset asset, Shares shares) {
        vm.startBroadcast();
        asset = new Asset();
        shares = new Shares{salt: "vault"}(asset, 1000);
        asset.take(700);
        asset.approve(address(shares), 700);
        shares.deposit(600, msg.sender);
        vm.stopBroadcast();
        require(shares.totalAssets() == 600, "the deposit is not there");
    }
}
