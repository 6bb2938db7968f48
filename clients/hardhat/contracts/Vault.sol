// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {console} from "hardhat/console.sol";

/// Ether that its owner gets back when the time has come.
contract Vault {
    error Locked(uint256 until);

    event Deposited(address indexed from, uint256 amount);
    event Released(uint256 amount);

    uint256 public immutable release;
    address payable public immutable owner;

    constructor(uint256 release_) payable {
        release = release_;
        owner = payable(msg.sender);
    }

    receive() external payable {
        emit Deposited(msg.sender, msg.value);
    }

    function withdraw() external {
        console.log("withdraw of %d wei by %s", address(this).balance, msg.sender);
        if (block.timestamp < release) revert Locked(release);
        require(msg.sender == owner, "not the owner");
        uint256 amount = address(this).balance;
        emit Released(amount);
        (bool sent,) = owner.call{value: amount}("");
        require(sent, "not taken");
    }
}
