"""What delivery costs: /petugas/biaya, a plot of the month with its table, budgets and forecasts."""

from cakra.doors.officer.books.page import build_books_routes

__all__ = ["build_books_routes"]
