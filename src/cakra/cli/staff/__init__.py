"""Officers, their grants, and the orders that need two of them."""
