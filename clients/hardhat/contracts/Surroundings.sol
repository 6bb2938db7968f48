// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Keeps what it sees of the block.
contract Surroundings {
    uint256 public number;
    uint256 public time;
    uint256 public randao;
    uint256 public baseFee;
    uint256 public gasLimit;
    address public coinbase;

    function look() external {
        number = block.number;
        time = block.timestamp;
        randao = block.prevrandao;
        baseFee = block.basefee;
        gasLimit = block.gaslimit;
        coinbase = block.coinbase;
    }
}
