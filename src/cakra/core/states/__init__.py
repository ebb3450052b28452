"""The states of cases, notices, payments and refunds, the moves between them, the parties and the deadlines. Pure."""
