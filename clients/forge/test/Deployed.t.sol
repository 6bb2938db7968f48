// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Shares} from "../src/Shares.sol";

interface Vm {
    function envAddress(string calldata name) external view returns (address);
    function prank(address sender) external;
}

/// Run on a fork of the chain that the script deployed to.
contract DeployedTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Shares private immutable shares = Shares(vm.envAddress("SHARES"));
    address private immutable owner = vm.envAddress("OWNER");

    function testHoldsWhatTheScriptPutIn() external view {
        require(shares.totalAssets() == 600 && shares.balanceOf(owner) == 600);
    }

    function testGivesItBack() external {
        vm.prank(owner);
        shares.redeem(600, owner, owner);
        require(shares.totalSupply() == 0);
    }
}
