-- severity: fail
-- kind: integrity
-- group: labels
-- table: dim_funder
-- sentence: A funder that the reference table names has the class, programme and labels that stand there.
-- applies: always
with

classes as (

    select
        funder_id,
        string_agg(distinct funder_class, '; ' order by funder_class) as funder_classes
    from reference.funder_classes
    where funder_id is not null
    group by funder_id

)

select
    funders.funder_id,
    funders.funder_name,
    funders.funder_class,
    classes.funder_classes as classes_of_reference,
    funders.funder_class_name,
    labels.funder_class_name as name_of_reference
from dim_funder as funders
left join classes on funders.funder_id = classes.funder_id
left join reference.funder_class_labels as labels on funders.funder_class = labels.funder_class
where (
    classes.funder_id is not null
    and not list_contains(string_split(classes.funder_classes, '; '), funders.funder_class)
)
or funders.funder_class_name is distinct from labels.funder_class_name
or funders.funder_class_area_code is distinct from labels.area_code
-- nothing but the reference tables gives a class
or (funders.class_matched_by = 'funder_id') != (classes.funder_id is not null)
