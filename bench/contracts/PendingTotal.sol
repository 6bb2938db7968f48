// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

/// @title A pool that collects before it opens
/// @notice Everybody adds to the same total, and to a balance of their own: the smallest contract in which all callers
/// write one slot without needing its value.
contract PendingTotal {
    /// @notice Sum of all contributions.
    uint256 public total;

    /// @notice What each account has contributed.
    mapping(address account => uint256 amount) public mine;

    /// @notice Adds `amount` to the total and to the caller's share. Reverts where a sum exceeds 2^256 - 1.
    function add(uint256 amount) external {
        total += amount;
        mine[msg.sender] += amount;
    }
}
