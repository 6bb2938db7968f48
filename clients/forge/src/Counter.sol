// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Counts how often it was told to.
contract Counter {
    uint256 public number;

    function increment() external {
        number++;
    }
}
