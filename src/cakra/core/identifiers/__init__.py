"""What vehicles and people are told apart by: number plates, phones, and the words of an STNK. Pure."""
