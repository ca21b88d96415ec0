"""Les lots : des centaines de rapports d'une commande, chacun par un noyau instantané."""

__all__ = []
