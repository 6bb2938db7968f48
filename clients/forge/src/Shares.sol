// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";

/// What is put into the vault; anyone may have some.
contract Asset is ERC20("Asset", "AST") {
    function take(uint256 amount) external {
        _mint(msg.sender, amount);
    }
}

/// Shares of a vault (ERC-4626), and a limit to what one may put in.
contract Shares is ERC4626 {
    error TooMuch(uint256 most);

    uint256 public immutable most;

    constructor(Asset asset, uint256 most_) ERC20("Shares", "SHR") ERC4626(asset) {
        most = most_;
    }

    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        if (assets > most) revert TooMuch(most);
        super._deposit(caller, receiver, assets, shares);
    }
}
