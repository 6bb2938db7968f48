// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// A token that its owner issues, with allowances by signature.
contract Token is ERC20, ERC20Permit, Ownable {
    constructor(uint256 supply) ERC20("Token", "TOK") ERC20Permit("Token") Ownable(msg.sender) {
        _mint(msg.sender, supply);
    }

    function issue(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }
}
