-- unit: papers
-- parts: what
-- Records of works: in, loaded, quarantined, replaced, vanished.
select
    case getvariable('what')
        when 'in' then works_in
        when 'loaded' then works_loaded
        when 'quarantined' then works_quarantined
        when 'replaced' then works_replaced
        when 'vanished' then works_vanished
    end
from told_works
